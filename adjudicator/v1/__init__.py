"""Generated from proto/adjudicator/v1 by `make generate`: do not edit."""
