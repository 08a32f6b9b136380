"""The outside: SMTP and an SMS provider. Each call ends in one of four outcomes and never raises."""
