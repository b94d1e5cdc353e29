"""What other projects' readers say about a text that we wrote."""

import io
import logging

import oxedi
import pyx12.params
import pyx12.x12n_document


def pyx12_accepts(text: str) -> None:
    """pyx12 checks segments, elements, lengths, qualifiers, counts and code lists; it knows no balance."""
    report = io.StringIO()
    logging.disable(logging.CRITICAL)
    try:
        accepted = pyx12.x12n_document.x12n_document(pyx12.params.params(), io.StringIO(text), None, None, None, report)
    finally:
        logging.disable(logging.NOTSET)
    assert accepted, report.getvalue()


def oxedi_accepts(text: str) -> None:
    """oxedi checks that an 835 balances."""
    assert [str(diagnostic) for diagnostic in oxedi.parse(text.encode()).diagnostics] == []
