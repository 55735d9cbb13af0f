"""The domain store: tables, migrations, records, change feed, backup. The only truth between engine and faces."""
