"""What is sealed into a copy as data: the form of the attached twin, for the description."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.shared.instants import InstantText

_EXAMPLE: JsonDict = {
    "schema_version": "1.0",
    "identifier": "1.2.156.3005.2.12990101MB0000003C002.12990101MB0000003C."
    "NX34RPNGHPZY6HEDFNMX.001.W",
    "type": {
        "code": "social-insurance",
        "standard_code": "12990101MB0000003C002",
        "name": "社会保险参保证明",
        "pack_version": "1",
    },
    "holder": {"name": "青小禾", "code": "990101199003070023", "code_type": "111"},
    "fields": {"name": "青小禾", "insured_area": "青禾市云岭区"},
    "evidence": {
        "route": "data_sharing",
        "source": "social-insurance-registry",
        "verified_by": "",
        "verified_by_unit": "12990101MB0000003C",
        "basis": "",
        "verified_at": "2026-11-21T10:00:00+08:00",
        "answer_sha256": "ad8b1624a20795de1143f028f758bbad0473ad26ce95bb38c9919a33738e2307",
    },
    "extraction": {
        "copy_number": "S5AY5ZDFJEWYQF1V8JSH",
        "producing_unit": {"code": "12990101MB0000003C", "name": "青禾市云岭区社会保险事业中心"},
        "extracting_unit": {"code": "11990101MB0000004J", "name": "青禾市云岭区行政审批服务局"},
        "matter": {"code": "talent-subsidy", "name": "人才补贴申领"},
        "purpose": "申领人才住房补贴",
        "extracted_at": "2026-11-21T10:00:00+08:00",
        "valid_until": "2027-02-19",
    },
    "seal": {"name": "云岭区证照数据共享查询核验专用章"},
}


class _Open(BaseModel):
    """Members that are not named here may come."""

    model_config = ConfigDict(extra="allow")


class NamedCode(_Open):
    """A code and what it is called."""

    code: str
    name: str


class DataType(NamedCode):
    """Certificate type."""

    standard_code: Annotated[str, Field(description="证照类型代码")]
    pack_version: Annotated[str, Field(description="Version of the template pack")]


class DataHolder(_Open):
    """持证主体, in full."""

    name: str
    code: str
    code_type: Annotated[str, Field(description="Kind of the code (GB/T 36903)")]


class DataEvidence(_Open):
    """What the facts rest on."""

    route: str
    source: str
    verified_by: str
    verified_by_unit: str
    basis: str
    verified_at: InstantText
    answer_sha256: str


class DataExtraction(_Open):
    """提取信息."""

    copy_number: str
    producing_unit: NamedCode
    extracting_unit: NamedCode
    matter: NamedCode
    purpose: str
    extracted_at: InstantText
    valid_until: date


class DataSeal(_Open):
    """The seal that it bears."""

    name: str


class CertificateData(_Open):
    """What is sealed into a certificate: the facts, their evidence, the extraction."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [_EXAMPLE]})

    schema_version: str
    identifier: str
    type: DataType
    holder: DataHolder
    fields: Annotated[dict[str, Any], Field(description="The facts, by the type's schema")]
    evidence: DataEvidence
    extraction: DataExtraction
    seal: DataSeal
