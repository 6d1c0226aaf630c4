"""Text messages: the protocol that services speak, the vendor's adapter behind it, and the receipts that come back."""
