"""The exchange with the national platform: numbered batches out, receipts and error rows back."""
