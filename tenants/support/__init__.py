"""What the admin pages of all apps are made of: one site, one way to read, one way to act.

Reading goes through the database role of support, which sees every tenant and can write nothing.
Whatever is changed is changed by a service inside the scope of the row's tenant, with a reason.
"""
