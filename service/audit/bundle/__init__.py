"""The audit bundle: everything an auditor needs in one folder or ZIP, and the program that checks it."""
