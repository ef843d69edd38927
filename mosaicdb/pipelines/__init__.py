"""The jobs: the only place where rooms meet, one module a job."""
