"""What every app's pages stand on: the frame around a view, forms, and how values are written."""

from tenants.pages.forms import PlainForm, blame
from tenants.pages.paging import cut_of, page_of
from tenants.pages.views import Action, Button, FormPage, Page

__all__ = ["Action", "Button", "FormPage", "Page", "PlainForm", "blame", "cut_of", "page_of"]
