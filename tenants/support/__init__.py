"""What the admin pages of all apps are made of: one site, one way to read, one way to act.

Reading goes through the database role of support, which sees every tenant and can write nothing.
Whatever is changed is changed by a service inside the scope of the row's tenant, with a reason.
"""

from tenants.support.base import SupportAdmin
from tenants.support.cells import Badge, Link, age, badge
from tenants.support.interventions import Intervention, ReasonForm
from tenants.support.reading import NOT_CONFIGURED, rows
from tenants.support.sections import Facts, Raw, Section, Story, StoryLine, Table, panel
from tenants.support.site import site

__all__ = [
    "NOT_CONFIGURED",
    "Badge",
    "Facts",
    "Intervention",
    "Link",
    "Raw",
    "ReasonForm",
    "Section",
    "Story",
    "StoryLine",
    "SupportAdmin",
    "Table",
    "age",
    "badge",
    "panel",
    "rows",
    "site",
]
