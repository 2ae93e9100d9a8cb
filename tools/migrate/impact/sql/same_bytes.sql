SELECT EXISTS (
    SELECT FROM pg_catalog.pg_cast AS c
     WHERE c.castsource = pg_catalog.to_regtype(%(old)s) AND c.casttarget = pg_catalog.to_regtype(%(new)s)
       AND c.castmethod = 'b'
)
