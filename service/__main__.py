"""`python -m service`: the same program as `vouchers`."""

from service.cli import main

if __name__ == "__main__":
    main()
