"""What the admin pages of all apps are made of: one site, one way to read, one way to act.

Reading goes through the database role of support, which sees every tenant and can write nothing.
Whatever is changed is changed by a service inside the scope of the row's tenant, with a reason.
"""

from tenants.support.base import SupportAdmin, column
from tenants.support.cells import Badge, Link, age, badge
from tenants.support.interventions import Intervention, ReasonForm
from tenants.support.reading import NOT_CONFIGURED, rows
from tenants.support.sections import Facts, Raw, Section, Story, Table, Watch, panel, watch
from tenants.support.story import actor_of, story_of
from tenants.support.supportsite import site

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
    "SupportAdmin",
    "Table",
    "Watch",
    "actor_of",
    "age",
    "badge",
    "column",
    "panel",
    "rows",
    "site",
    "story_of",
    "watch",
]
