"""Real PostgreSQL 15 and Redis 7 on loopback, with the limits that RDS and ElastiCache set.

They stand behind the rehearsal and the integration tests. Nothing here knows CDK or the emulator.
"""
