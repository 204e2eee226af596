"""The units of the fictional district: who vouches for proofs, and who needs them."""

from certsvc.demonstration.people import AREA_CODE
from certsvc.foundation.codes.credit_code import credit_code_check_character

CITY = "青禾市"
DISTRICT = f"{CITY}云岭区"


def _unit_code(number: int, department: str = "11") -> str:
    body = f"{department}{AREA_CODE}MB{number:07d}"
    return body + credit_code_check_character(body)


BIG_DATA_BUREAU = _unit_code(1)
POLICE = _unit_code(2)
SOCIAL_INSURANCE = _unit_code(3, "12")
APPROVAL_BUREAU = _unit_code(4)
SCHOOL = _unit_code(5, "12")
CIVIL_AFFAIRS = _unit_code(6)
LAND_REGISTRY = _unit_code(7, "12")
POLICE_STATION = _unit_code(8)
EDUCATION_BUREAU = _unit_code(9)
CREDIT_CENTRE = _unit_code(10, "12")
TAX_BUREAU = _unit_code(11)
HOUSING_FUND = _unit_code(12, "12")
PROCUREMENT_CENTRE = _unit_code(13, "12")

UNITS = (
    (BIG_DATA_BUREAU, f"{DISTRICT}大数据局", "government"),
    (POLICE, f"{CITY}公安局云岭分局", "government"),
    (SOCIAL_INSURANCE, f"{DISTRICT}社会保险事业中心", "government"),
    (APPROVAL_BUREAU, f"{DISTRICT}行政审批服务局", "government"),
    (SCHOOL, f"{DISTRICT}实验学校", "public_service"),
    (CIVIL_AFFAIRS, f"{DISTRICT}民政局", "government"),
    (LAND_REGISTRY, f"{DISTRICT}不动产登记中心", "government"),
    (POLICE_STATION, f"{CITY}公安局云岭分局青苗派出所", "government"),
    (EDUCATION_BUREAU, f"{DISTRICT}教育和体育局", "government"),
    (CREDIT_CENTRE, f"{DISTRICT}公共信用信息中心", "government"),
    (TAX_BUREAU, f"国家税务总局{DISTRICT}税务局", "government"),
    (HOUSING_FUND, f"{CITY}住房公积金管理中心云岭管理部", "government"),
    (PROCUREMENT_CENTRE, f"{DISTRICT}公共资源交易中心", "government"),
)
"""Credit code, name and kind of each unit (市中区规则第三条)."""
