"""Kinds of units."""

from enum import StrEnum


class UnitKind(StrEnum):
    """What a unit is."""

    GOVERNMENT = "government"
    """行政机关."""
    PUBLIC_SERVICE = "public_service"
    """公共服务单位."""
