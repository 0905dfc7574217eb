"""Demo tenants made from public procurement data: compact rows, and what is built from them.

`make` chose the rows once (`python -m sync.demo.make SOURCE_DIR`); at run time only the files in
`data/` and `mappings/` are read. `payloads` turns rows into JAGGAER bodies, `companies` into the
seed of the NAV sandbox, `outcome` into what a run must end with, `tenants` ties them together.
"""
