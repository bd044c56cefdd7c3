"""A voucher: one stream that moves a fixed face value between eight named places."""
