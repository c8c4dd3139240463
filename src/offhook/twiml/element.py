"""XML text to a small tree of elements, with every limit and every trap closed.

Called by `twiml/parser.py`. XML 1.0 as read by expat, less what a TwiML document has no use for: a
document type declaration is refused, and with it every entity but the five of XML. Namespaces are
not interpreted: `xml:lang` is an attribute of that name.
"""

from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

from offhook.twiml.problem import BODY_TOO_LARGE, PARSE_FAILURE, TwimlError

MAX_BYTES: Final = 64 * 1024
"""64 kB: what Twilio reads of a document (reference/twiml 15)."""
MAX_DEPTH: Final = 32
"""Ours: the deepest legal document (SSML in Say in Gather) needs a third of it."""
MAX_NODES: Final = 2_000
"""Ours: elements and texts together."""
MAX_ATTRIBUTES: Final = 64
"""Ours: per element; the longest verb has 21."""

ENCODINGS: Final = frozenset(
    {"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}
)
"""What an XML declaration may name. Twilio asks for UTF-8; the rest is what old servers still write."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element and what is in it, in document order."""

    name: str
    attributes: dict[str, str]
    """Values by name, in document order; not to be changed."""
    children: tuple["Element | str", ...]
    """Elements and texts; neighbouring texts are one."""
    line: int
    """Of the first character of the start tag, from 1."""
    column: int

    @property
    def elements(self) -> tuple["Element", ...]:
        """The children that are elements."""
        return tuple(child for child in self.children if isinstance(child, Element))

    @property
    def own_text(self) -> str:
        """The texts directly inside, without those of child elements, trimmed."""
        return "".join(child for child in self.children if isinstance(child, str)).strip()


@dataclass(slots=True)
class _OpenElement:
    """An element whose end tag has not come yet."""

    name: str
    attributes: dict[str, str]
    line: int
    column: int
    children: list[Element | str] = field(default_factory=list)

    def close(self) -> Element:
        return Element(self.name, self.attributes, tuple(self.children), self.line, self.column)


def read_element(body: bytes) -> Element:
    """The root element of an XML document.

    Raises: TwimlError 11750 above 64 kB, 12100 for anything that is no well-formed XML, has a DTD,
    names an unknown encoding, or is deeper, longer or more decorated than the limits above.
    """
    if len(body) > MAX_BYTES:
        raise TwimlError(BODY_TOO_LARGE, f"the document is longer than {MAX_BYTES} bytes", line=1, column=1)
    return _Reader().read(body)


class _Reader:
    """The handlers of one expat run."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = self._handle_declaration
        self._parser.StartDoctypeDeclHandler = self._handle_doctype
        self._parser.StartElementHandler = self._handle_start
        self._parser.EndElementHandler = self._handle_end
        self._parser.CharacterDataHandler = self._handle_text
        self._open: list[_OpenElement] = []
        self._nodes = 0
        self._root: Element | None = None

    def read(self, body: bytes) -> Element:
        try:
            self._parser.Parse(body, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise TwimlError(
                PARSE_FAILURE, f"not well-formed XML: {reason}", line=error.lineno, column=error.offset + 1
            ) from error
        if self._root is None:
            raise AssertionError("expat accepts no document without a root element")
        return self._root

    def _fail(self, message: str) -> NoReturn:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        raise TwimlError(PARSE_FAILURE, message, line=line, column=column)

    def _count_node(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._fail(f"more than {MAX_NODES} elements and texts")

    def _handle_declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        # Refused here, since Python would offer each of its hundred codecs to an unknown name.
        if encoding is not None and encoding.lower() not in ENCODINGS:
            self._fail("the XML declaration names an encoding that is not supported; use UTF-8")

    def _handle_doctype(self, name: str, system_id: str | None, public_id: str | None, subset: int) -> None:
        self._fail("a document type declaration is not allowed")

    def _handle_start(self, name: str, attributes: dict[str, str]) -> None:
        self._count_node()
        if len(self._open) >= MAX_DEPTH:
            self._fail(f"elements nested deeper than {MAX_DEPTH}")
        if len(attributes) > MAX_ATTRIBUTES:
            self._fail(f"an element with more than {MAX_ATTRIBUTES} attributes")
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        self._open.append(_OpenElement(name, attributes, line, column))

    def _handle_end(self, name: str) -> None:
        element = self._open.pop().close()
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element

    def _handle_text(self, text: str) -> None:
        children = self._open[-1].children
        # A comment or a full buffer inside a text splits it; it is one text all the same.
        if children and isinstance(children[-1], str):
            children[-1] += text
            return
        self._count_node()
        children.append(text)
