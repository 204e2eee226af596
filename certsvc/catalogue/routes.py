"""The two routes by which a proof is obtained; each has a designated seal (市中区规则第九条)."""

from enum import StrEnum


class Route(StrEnum):
    """How a proof was obtained."""

    DATA_SHARING = "data_sharing"
    """数据共享: a department's database was queried."""
    DEPARTMENT_VERIFICATION = "department_verification"
    """部门核验: a person of the department checked and replied."""
