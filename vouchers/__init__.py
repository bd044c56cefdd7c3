"""What an innovation voucher scheme is: pure decisions over recorded facts, without input, output or clock."""
