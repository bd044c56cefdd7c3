"""Documents that are what they are announced as, and others that only say so."""

import hashlib
import io
import zipfile

PDF = b"%PDF-1.7\n" + b"a report of tests" * 9


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


def zipped(*names, comment=b""):
    """A zip file with these entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, "0" * 100_000)
        file.comment = comment
    return stream.getvalue()


XML = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- 电子发票 -->\n<inv:Invoice xmlns:inv="x">1</inv:Invoice>'.encode()
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 20
OFD = zipped("Doc_0/Document.xml", "OFD.xml")
GOOD = [
    ("application/pdf", PDF),
    ("image/png", PNG),
    ("image/jpeg", JPEG),
    ("application/ofd", OFD),
    ("application/ofd", zipped("OFD.xml", comment=b"a comment")),
    ("application/xml", XML),
    ("application/xml", b"\xef\xbb\xbf" + XML),
    ("application/xml", '<?xml version="1.0" encoding="GB18030"?><发票>元</发票>'.encode("gb18030")),
    ("text/csv", "发票,金额\r\n1,2\r\n".encode("gb18030")),
    ("text/plain", "收到".encode()),
]
BAD = [
    ("application/pdf", PNG),
    ("application/pdf", b" " + PDF),
    ("image/png", PNG[:12]),
    ("image/jpeg", b"GIF89a" + b"\0" * 20),
    ("application/ofd", zipped("word/document.xml")),
    ("application/ofd", OFD[:-30]),
    ("application/ofd", b"PK\x03\x04" + b"\0" * 100),
    ("application/ofd", b"PK\x03\x04OFD.xml" + b"PK\x05\x06" + b"\0" * 18),
    ("application/xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'),
    ("application/xml", b"<a>" + b"x" * (65_536 - 8) + b"<!DOCTYPE a></a>"),
    ("application/xml", XML.decode().encode("utf-16")),
    ("application/xml", b'<?xml version="1.0" encoding="utf-7"?><a/>'),
    ("application/xml", b"<html><script>alert(1)</script></html>"),
    ("application/xml", b'<x:svg xmlns:x="http://www.w3.org/2000/svg"/>'),
    ("application/xml", b"an invoice"),
    ("text/csv", b"a\x00b"),
    ("text/plain", b"MZ\x90\x00\x03"),
    ("text/plain", b"\xff\xff\xff"),
]
