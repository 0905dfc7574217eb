"""The dialect `pages`: OData V4 page web services of NAV 2016 to 2018 and Business Central."""
