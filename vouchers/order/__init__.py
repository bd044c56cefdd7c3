"""An order: one service bought with a voucher, from registration to payment."""
