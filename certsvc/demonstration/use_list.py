"""What can be proved in the fictional district, and which matter needs which proof.

- Every pack has a certificate type, produced by the unit whose records these are.
- A matter is given the fields it needs and no others (非必要不收集): the house's owner for a school
  place, not its mortgages; the sum of the taxes for a tender, not each payment.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy.orm import Session

from certsvc.catalogue.matters.records import Matter
from certsvc.catalogue.types.records import CertificateType
from certsvc.catalogue.uses.records import UseListEntry
from certsvc.demonstration.units import (
    APPROVAL_BUREAU,
    CIVIL_AFFAIRS,
    CREDIT_CENTRE,
    EDUCATION_BUREAU,
    HOUSING_FUND,
    LAND_REGISTRY,
    POLICE,
    POLICE_STATION,
    PROCUREMENT_CENTRE,
    SCHOOL,
    SOCIAL_INSURANCE,
    TAX_BUREAU,
)
from templates.packs import PackLibrary

TEACHER_MATTER = "teacher-qualification"
TALENT_MATTER = "talent-subsidy"
HIRING_MATTER = "school-hiring"
EXCLUDED_MATTER = "firearms-licence"
FUND_WITHDRAWAL_MATTER = "housing-fund-withdrawal"
FUND_LOAN_MATTER = "housing-fund-loan"
ENROLMENT_MATTER = "school-enrolment"
SETTLING_MATTER = "household-transfer"
VISA_MATTER = "foreigner-residence-permit"
TENDER_MATTER = "public-tender"
HOME_SUBSIDY_MATTER = "home-purchase-subsidy"
ENTERPRISE_MATTER = "enterprise-subsidy"
WORK_PERMIT_MATTER = "foreigner-work-permit"

TYPES = (
    ("no-criminal-record", POLICE),
    ("social-insurance", SOCIAL_INSURANCE),
    ("marriage-record", CIVIL_AFFAIRS),
    ("real-estate", LAND_REGISTRY),
    ("household", POLICE_STATION),
    ("education", EDUCATION_BUREAU),
    ("no-violation", CREDIT_CENTRE),
    ("tax-payment", TAX_BUREAU),
)
"""Pack and producing unit, in the order of their standard codes."""

MATTERS = (
    (TEACHER_MATTER, "教师资格认定", "Teacher qualification", APPROVAL_BUREAU),
    (TALENT_MATTER, "人才补贴申领", "Talent subsidy", APPROVAL_BUREAU),
    (HOME_SUBSIDY_MATTER, "购房补贴申领", "Home purchase subsidy", APPROVAL_BUREAU),
    (ENTERPRISE_MATTER, "惠企奖补资金申报", "Enterprise incentive funding", APPROVAL_BUREAU),
    (
        WORK_PERMIT_MATTER,
        "外国人来华工作许可延期",
        "Extension of a foreign national work permit",
        APPROVAL_BUREAU,
    ),
    (HIRING_MATTER, "教职工聘用审查", "Vetting of school staff", SCHOOL),
    (
        ENROLMENT_MATTER,
        "义务教育阶段入学报名",
        "Enrolment in compulsory education",
        EDUCATION_BUREAU,
    ),
    (FUND_WITHDRAWAL_MATTER, "住房公积金提取", "Housing provident fund withdrawal", HOUSING_FUND),
    (FUND_LOAN_MATTER, "住房公积金贷款", "Housing provident fund loan", HOUSING_FUND),
    (SETTLING_MATTER, "户口迁移（落户）", "Transfer of household registration", POLICE_STATION),
    (
        VISA_MATTER,
        "外国人签证延期、居留许可",
        "Visa extension or residence permit for foreign nationals",
        POLICE,
    ),
    (
        TENDER_MATTER,
        "政府采购和招标投标资格审查",
        "Qualification check for public procurement and tenders",
        PROCUREMENT_CENTRE,
    ),
)
"""Code, name, English name and handling unit."""

_NO_PERSON = ("sex", "birth_on")
"""What the proof of a person's records says of them besides name and document."""
_NO_ENCUMBRANCE = ("mortgages", "seizures")
_NO_LIFE_STORY = ("former_name", "birth_place", "native_place", "moved_in_on", "moved_in_from")
_NO_BOOK = ("ethnicity", "household_type", "household_number")

USES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (TEACHER_MATTER, "no-criminal-record", ()),
    (TALENT_MATTER, "social-insurance", ()),
    (TALENT_MATTER, "no-criminal-record", ()),
    (HIRING_MATTER, "no-criminal-record", ()),
    (HIRING_MATTER, "education", ("student_number",)),
    (EXCLUDED_MATTER, "no-criminal-record", ()),
    (FUND_WITHDRAWAL_MATTER, "marriage-record", _NO_PERSON),
    (FUND_WITHDRAWAL_MATTER, "real-estate", _NO_ENCUMBRANCE),
    (FUND_LOAN_MATTER, "marriage-record", _NO_PERSON),
    (FUND_LOAN_MATTER, "real-estate", ()),
    (ENROLMENT_MATTER, "household", (*_NO_LIFE_STORY, *_NO_BOOK)),
    (ENROLMENT_MATTER, "real-estate", _NO_ENCUMBRANCE),
    (SETTLING_MATTER, "marriage-record", ()),
    (SETTLING_MATTER, "education", ()),
    (SETTLING_MATTER, "real-estate", _NO_ENCUMBRANCE),
    (VISA_MATTER, "marriage-record", ()),
    (VISA_MATTER, "tax-payment", ()),
    (TENDER_MATTER, "no-violation", ("legal_representative", "established_on", "address")),
    (TENDER_MATTER, "tax-payment", ("name_en", "payments")),
    (HOME_SUBSIDY_MATTER, "household", (*_NO_LIFE_STORY, *_NO_BOOK)),
    (HOME_SUBSIDY_MATTER, "marriage-record", _NO_PERSON),
    (HOME_SUBSIDY_MATTER, "real-estate", _NO_ENCUMBRANCE),
    (HOME_SUBSIDY_MATTER, "tax-payment", ("name_en",)),
    (ENTERPRISE_MATTER, "no-violation", ()),
    (ENTERPRISE_MATTER, "tax-payment", ("name_en", "payments")),
    (WORK_PERMIT_MATTER, "tax-payment", ()),
    (WORK_PERMIT_MATTER, "education", ("sex", "birth_on", "student_number")),
)
"""Matter, proof, and the fields of the proof that the matter does not need."""


def register_catalogue(session: Session, packs: PackLibrary, *, in_force_from: date) -> None:
    """Register certificate types, matters and the use list, in force from a day on."""
    session.add_all(_types(packs))
    session.add_all(
        Matter(code=code, name=name, name_en=name_en, unit_code=unit_code)
        for code, name, name_en, unit_code in MATTERS
    )
    session.add(
        Matter(
            code=EXCLUDED_MATTER,
            name="民用枪支配购许可",
            name_en="Permit to purchase civilian firearms",
            unit_code=APPROVAL_BUREAU,
            excluded_reason="直接涉及公共安全",
        )
    )
    session.flush()
    session.add_all(_entries(packs, in_force_from))
    session.flush()


def _types(packs: PackLibrary) -> Iterator[CertificateType]:
    for number, (code, unit_code) in enumerate(TYPES, start=1):
        yield CertificateType(
            code=code,
            standard_code=f"{unit_code}{number:03d}",
            name=packs.get(code).title.zh,
            name_en=packs.get(code).title.en,
            producing_unit_code=unit_code,
        )


def _entries(packs: PackLibrary, in_force_from: date) -> Iterable[UseListEntry]:
    for matter_code, type_code, spared in USES:
        given = packs.get(type_code).schema["properties"]
        yield UseListEntry(
            matter_code=matter_code,
            type_code=type_code,
            effective_on=in_force_from,
            fields=[field for field in given if field not in spared],
        )
