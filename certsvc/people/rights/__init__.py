"""Roles and permissions: the only place where rights are checked."""
