"""Reading, changing and transforming XML and HTML with lxml."""

import io

from lxml import etree, html, objectify

SOURCE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE shop [<!ENTITY euro "&#8364;"><!ELEMENT shop (item*)><!ELEMENT item (name, price?)><!ATTLIST item id ID #REQUIRED>
<!ELEMENT name (#PCDATA)><!ELEMENT price (#PCDATA)>]>
<shop xmlns:x="urn:x"><item id="a1"><name>Tee &amp; Äpfel</name><price>2.50</price></item><item id="b2" x:new="yes"><name>&euro;-Brot</name></item></shop>
"""

root = etree.fromstring(SOURCE.encode())
print([(item.get("id"), item.findtext("name"), item.findtext("price", "-")) for item in root.iter("item")])
print(root.xpath("//item[price > 2]/@id"), root.xpath("count(//item)"), root.xpath("//@x:new", namespaces={"x": "urn:x"}))
print(root.xpath("re:match(string(//name), '[A-Z]\\w+', 'g')/text()", namespaces={"re": "http://exslt.org/regular-expressions"}))
item = etree.SubElement(root, "item", id="c3")
etree.SubElement(item, "name").text = "<neu>"
print(etree.tostring(item), etree.tostring(item, encoding="unicode", pretty_print=True))
print(root.getroottree().docinfo.internalDTD.validate(root), len(root), root[1].getprevious().tag, root.getroottree().getpath(item))

style = etree.XSLT(etree.fromstring("""<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str"><xsl:output method="html"/><xsl:param name="title"/>
<xsl:template match="shop"><ul><li><xsl:value-of select="$title"/></li><xsl:apply-templates select="item"><xsl:sort select="name" order="descending"/></xsl:apply-templates></ul></xsl:template>
<xsl:template match="item"><li class="{@id}"><xsl:value-of select="str:tokenize(name, ' ')[1]"/>: <xsl:number value="position()" format="i"/></li></xsl:template></xsl:stylesheet>"""))
print(str(style(root, title=etree.XSLT.strparam("Läden"))))

schema = etree.XMLSchema(etree.fromstring("""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="n"><xs:simpleType>
<xs:restriction base="xs:integer"><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType></xs:element></xs:schema>"""))
print([schema.validate(etree.fromstring(f"<n>{text}</n>")) for text in ("3", "10", "x")])
relax = etree.RelaxNG(etree.fromstring('<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><oneOrMore><element name="b"><text/></element></oneOrMore></element>'))
print([relax.validate(etree.fromstring(text)) for text in ("<a><b/></a>", "<a/>")])

page = html.fromstring("<html><body><p class=x>One<br>two &copy; <a href='/p?q=1'>link</a><table><tr><td>1<td>2</table>")
page.make_links_absolute("http://host/dir/")
print(page.text_content().split(), [link[2] for link in page.iterlinks()], page.xpath("//td/text()"))
print(html.tostring(page.find(".//p"), encoding="unicode"))

tree = objectify.fromstring("<r><a>1</a><a>2.5</a><b>true</b><c>t</c></r>")
print([type(a.pyval).__name__ for a in tree.a], tree.b, tree.c, sum(tree.a[:]))

print([(event, element.tag) for event, element in etree.iterparse(io.BytesIO(b"<a><b/><c>x</c></a>"), events=("start", "end"))])
out = io.BytesIO()
with etree.xmlfile(out, encoding="utf-8") as file, file.element("log", kind="x"):
    for number in range(3):
        file.write(etree.Element("line", n=str(number)))
print(out.getvalue(), etree.tostring(etree.fromstring("<b z='1' a='2'><c></c></b>"), method="c14n"))
for wrong in ("<a><b></a>", "<a>&none;</a>", "<a b=1/>", ""):
    try:
        etree.fromstring(wrong)
    except etree.XMLSyntaxError as error:
        print(type(error).__name__, error.lineno)
