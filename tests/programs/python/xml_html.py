"""XML and HTML: trees, namespaces, links of a page, escaping, URLs, base64."""
import base64
import html
import quopri
import xml.etree.ElementTree as ET
from email.message import EmailMessage
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, unquote, urlencode, urljoin, urlsplit
from xml.dom import minidom
from xml.sax.saxutils import escape, quoteattr

FEED = """<?xml version="1.0"?>
<feed xmlns="urn:feed" xmlns:x="urn:x"><title>News &amp; more</title>
<entry x:id="1"><title>One</title><tag>a</tag><tag>b</tag></entry>
<entry x:id="2"><title>Zwei — ü</title><tag>b</tag><note><![CDATA[<raw> & co]]></note></entry></feed>"""
PAGE = """<!doctype html><html><head><title>Shop &ndash; A</title><style>p{}</style></head><body><!-- hidden -->
<p class="x y">Hello <b>w&ouml;rld</b><br>bye <a href="/a?x=1&amp;y=2">A</a> <a href='b.html#top'>B</a><script>if (a<b) {}</script>
<table><tr><td>1<td>2<tr><td>3</table>"""


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.text, self.hidden, self.cells = [], [], 0, 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")
        self.cells += tag == "td"
        if tag == "a":
            self.links.append(urljoin("https://example.org/shop/index.html", dict(attrs)["href"]))

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.text.append(data.strip())


names = {"f": "urn:feed", "x": "urn:x"}
tree = ET.fromstring(FEED)
for entry in tree.findall("f:entry", names):
    print(entry.get("{urn:x}id"), entry.findtext("f:title", namespaces=names), [t.text for t in entry.iter("{urn:feed}tag")], entry.findtext("f:note", "none", names))
print(tree.find("f:entry[f:tag='a']", names).attrib, len(list(tree.iter())))
order = ET.Element("order", id="7")
for name, count in (("tea & milk", 2), ('"bread"', 1)):
    ET.SubElement(order, "item", name=name).text = str(count)
ET.indent(order)
print(ET.tostring(order, encoding="unicode"))
print(minidom.parseString("<a><b c='1'/>text</a>").toprettyxml(indent=" "), end="")
for bad in ("<a><b></a>", "<a", "", "<a>&nope;</a>"):
    try:
        ET.fromstring(bad)
    except ET.ParseError as error:
        print(error)
reader = Reader()
reader.feed(PAGE)
print(reader.links, reader.text, reader.cells)
print(html.escape("<a href='x'>&"), html.unescape("&lt;&eacute;&#8364;&#x41;&nbsp;&bogus;"), escape("a<b&c"), quoteattr("it's \"x\""))
print(quote("a b/ü?&"), quote("a/b", safe=""), unquote("%E2%82%AC+1"), urlencode({"q": "a b", "n": [1, 2]}, doseq=True), parse_qs("a=1&a=2&b=&c", keep_blank_values=True))
print(urlsplit("https://user:pw@example.org:8080/p/a;x?q=1#frag"), urlsplit("//host/path").netloc)
print(base64.b64encode(bytes(range(6))), base64.urlsafe_b64decode("-_-_"), base64.b32encode(b"hi"), base64.a85encode(b"hello"), quopri.encodestring("é=".encode()))
message = EmailMessage()
message["Subject"], message["To"] = "Grüße", "Ann <ann@example.org>"
message.set_content("Hello\n")
message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="a.bin")
print(message["subject"], message.get_content_type(), [p.get_filename() for p in message.iter_attachments()], message.get_body().get_content())
