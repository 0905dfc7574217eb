"""Mails to members: what is told (planning), how it reads (content), how it leaves (outbox)."""
