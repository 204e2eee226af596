"""Lists of roles and states are made from the program's enums from here on.

Nothing is left to do here: `env.py` renews the lists at every run (`value_lists`), this one the
first. Among them is the list that ties a seal's states to its changes.
"""

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Renew the lists, as after every migration."""


def downgrade() -> None:
    """Leave the lists to what the program knows."""
