"""Forty pure wheels beside what is linked in: name, what it needs of the full Python beyond numpy and pandas ("" for nothing), and a program
that prints True. By their newest versions that fit: what a user gets today."""

WHEELS = [
    ("openpyxl", "", "import io, pandas as pd\nf = io.BytesIO()\npd.DataFrame({'a': [1, 2.5]}).to_excel(f, engine='openpyxl')\nprint(pd.read_excel(f)['a'].tolist() == [1, 2.5])"),
    ("XlsxWriter", "", "import io, zipfile, pandas as pd\nf = io.BytesIO()\npd.DataFrame({'a': [1]}).to_excel(f, engine='xlsxwriter')\nprint('xl/workbook.xml' in zipfile.ZipFile(f).namelist())"),
    ("networkx", "", "import networkx as nx, numpy as np\ng = nx.from_numpy_array(np.eye(4, k=1))\nprint(nx.shortest_path(g, 0, 3) == [0, 1, 2, 3], nx.to_pandas_edgelist(g).shape == (3, 3))"),
    ("sympy", "", "import sympy as s, numpy as np\nx = s.Symbol('x')\nprint(abs(s.lambdify(x, s.diff(s.sin(x) ** 2))(np.array([0.5]))[0] - np.sin(1)) < 1e-15)"),
    ("plotly", "", "import plotly.express as px, pandas as pd\nf = px.scatter(pd.DataFrame({'a': [1, 2], 'b': [3, 4]}), x='a', y='b')\nprint('scatter' in f.to_json())"),
    ("altair", "", "import altair as alt, pandas as pd\nc = alt.Chart(pd.DataFrame({'a': [1, 2]})).mark_bar().encode(x='a:Q')\nprint(c.to_dict()['mark']['type'] == 'bar')"),
    ("pydeck", "", "import pydeck, pandas as pd\nd = pydeck.Deck(layers=[pydeck.Layer('ScatterplotLayer', pd.DataFrame({'lon': [1.0], 'lat': [2.0]}), get_position='[lon, lat]')])\nprint('ScatterplotLayer' in d.to_json())"),
    ("tabulate", "", "import pandas as pd\nprint(pd.DataFrame({'a': [1]}).to_markdown() == '|    |   a |\\n|---:|----:|\\n|  0 |   1 |')"),
    ("pypdf", "", "import io, pypdf\nw = pypdf.PdfWriter()\nw.add_blank_page(100, 200)\nf = io.BytesIO()\nw.write(f)\nprint(pypdf.PdfReader(f).pages[0].mediabox.height == 200)"),
    ("reportlab", "", "import io\nfrom reportlab.pdfgen import canvas\nf = io.BytesIO()\nc = canvas.Canvas(f)\nc.drawString(10, 10, 'x')\nc.save()\nprint(f.getvalue()[:5] == b'%PDF-')"),
    ("jinja2", "", "import jinja2, pandas as pd\nprint(jinja2.Template('{{ d.sum().a }}').render(d=pd.DataFrame({'a': [1, 2]})) == '3', '<style' in pd.DataFrame({'a': [1]}).style.to_html())"),
    ("xlrd", "", "import xlrd\ntry:\n    xlrd.open_workbook(file_contents=b'x')\nexcept xlrd.XLRDError: print(True)"),
    ("patsy", "", "import patsy, pandas as pd\nprint(patsy.dmatrix('a + C(b)', pd.DataFrame({'a': [1., 2], 'b': ['x', 'y']})).shape == (2, 3))"),
    ("pint", "", "import pint, numpy as np\nu = pint.UnitRegistry()\nprint((np.array([1, 2]) * u.km).to('m').magnitude.tolist() == [1000, 2000])"),
    ("uncertainties", "", "from uncertainties import ufloat, unumpy\nprint(str(ufloat(1, 0.1) * 2) == '2.00+/-0.20', unumpy.nominal_values(unumpy.uarray([1, 2], [0.1, 0.1])).sum() == 3)"),
    ("mpmath", "", "import mpmath\nmpmath.mp.dps = 30\nprint(str(mpmath.pi) == '3.14159265358979323846264338328')"),
    ("tqdm", "", "import tqdm, io\nprint(sum(tqdm.tqdm(range(4), file=io.StringIO())) == 6)"),
    ("dask", "", "import dask\nprint(dask.delayed(sum)([1, 2, 3]).compute(scheduler='synchronous') == 6)"),
    ("xarray", "", "import xarray as xr, numpy as np\na = xr.DataArray(np.arange(6).reshape(2, 3), dims=('x', 'y'), coords={'x': [10, 20]})\nprint(a.sel(x=20).sum().item() == 12, a.to_dataframe('v').shape == (6, 1))"),
    ("folium", "", "import folium\nm = folium.Map(location=[45, 5])\nfolium.Marker([45, 5]).add_to(m)\nprint('L.marker' in m.get_root().render())"),
    ("qrcode", "", "import qrcode\nprint(qrcode.make('belljar').size[0] > 100)"),
    ("fpdf2", "", "import fpdf\np = fpdf.FPDF()\np.add_page()\np.set_font('helvetica')\np.cell(text='x')\nprint(bytes(p.output())[:5] == b'%PDF-')"),
    ("imageio", "", "import imageio.v3 as iio, numpy as np, io\nb = iio.imwrite('<bytes>', np.zeros((4, 5, 3), np.uint8), extension='.png')\nprint(iio.imread(b).shape == (4, 5, 3))"),
    ("tifffile", "", "import tifffile, numpy as np, io\nf = io.BytesIO()\ntifffile.imwrite(f, np.arange(12, dtype=np.uint16).reshape(3, 4))\nf.seek(0)\nprint(tifffile.imread(f).sum() == 66)"),
    ("geojson", "", "import geojson\nprint(geojson.loads(geojson.dumps(geojson.Point((1, 2)))).coordinates == [1, 2])"),
    ("palettable", "", "from palettable.colorbrewer.sequential import Blues_3\nprint(len(Blues_3.hex_colors) == 3)"),
    ("tablib", "", "import tablib\nd = tablib.Dataset(['a', 1], headers=['n', 'v'])\nprint(d.export('csv').split() == ['n,v', 'a,1'])"),
    ("petl", "", "import petl\nprint(list(petl.addfield([['a'], [1]], 'b', lambda r: r['a'] + 1))[1] == (1, 2))"),
    ("natsort", "", "import natsort\nprint(natsort.natsorted(['a10', 'a2']) == ['a2', 'a10'])"),
    ("nltk", "", "import nltk\nprint(nltk.PorterStemmer().stem('running') == 'run', nltk.wordpunct_tokenize('a b.') == ['a', 'b', '.'])"),
    ("beautifulsoup4", "", "import bs4\nprint(bs4.BeautifulSoup('<p>x<b>y</b></p>', 'html.parser').b.text == 'y')"),
    ("html5lib", "", "import html5lib\nprint(html5lib.parse('<p>x').tag.endswith('html'))"),
    ("toolz", "", "import toolz\nprint(toolz.groupby(len, ['a', 'bb', 'c']) == {1: ['a', 'c'], 2: ['bb']})"),
    ("joblib", "", "import joblib, io, numpy as np\nf = io.BytesIO()\njoblib.dump({'a': np.arange(3)}, f)\nf.seek(0)\nprint(joblib.load(f)['a'].sum() == 3)"),
    ("numpy-financial", "", "import numpy_financial as npf\nprint(abs(npf.irr([-100, 110]) - 0.1) < 1e-9)"),
    ("svgwrite", "", "import svgwrite\nd = svgwrite.Drawing()\nd.add(d.circle((1, 1), 2))\nprint('<circle' in d.tostring())"),
    ("holidays", "", "import holidays, datetime\nprint(datetime.date(2024, 7, 4) in holidays.US(years=2024))"),
    ("faker", "", "import faker\nfaker.Faker.seed(1)\nprint(isinstance(faker.Faker().name(), str))"),
    ("autograd", "", "import autograd, autograd.numpy as np\nprint(abs(autograd.grad(np.tanh)(0.5) - (1 - np.tanh(0.5) ** 2)) < 1e-15)"),
    ("einops", "", "import einops, numpy as np\nprint(einops.rearrange(np.arange(6), '(a b) -> b a', a=2).tolist() == [[0, 3], [1, 4], [2, 5]])"),
    ("opt-einsum", "", "import opt_einsum, numpy as np\nprint(opt_einsum.contract('ij,jk->ik', np.eye(2), np.ones((2, 2))).sum() == 4)"),
    ("narwhals", "", "import narwhals as nw, pandas as pd\nprint(nw.from_native(pd.DataFrame({'a': [1, 2]})).select(nw.col('a').sum()).to_native()['a'].item() == 3)"),
    ("rich", "", "import io, rich.console, rich.table\nt = rich.table.Table('a')\nt.add_row('1')\nc = rich.console.Console(file=io.StringIO())\nc.print(t)\nprint('1' in c.file.getvalue())"),
    ("humanize", "", "import humanize\nprint(humanize.naturalsize(3000000) == '3.0 MB')"),
    ("seaborn", "matplotlib", "import io, pandas as pd, seaborn, matplotlib.pyplot as plt\nf = io.BytesIO()\nseaborn.barplot(pd.DataFrame({'a': ['x', 'y'], 'b': [1, 2]}), x='a', y='b').figure.savefig(f)\nplt.close()\nprint(f.getvalue()[1:4] == b'PNG')"),
    ("python-docx", "lxml", "import docx, io\nd = docx.Document()\nd.add_paragraph('x')\nf = io.BytesIO()\nd.save(f)\nprint(docx.Document(f).paragraphs[0].text == 'x')"),
    ("python-pptx", "lxml", "import pptx\np = pptx.Presentation()\nprint(len(p.slide_layouts) == 11)"),
]

# What the guest lacks for them, as their error says it.
LACKING = {"nltk": "exceeded its 5.0s time limit"}  # regex counts in nanoseconds, in 32 bits: no timeout beyond 2.1 s

# In every run; the others by BELLJAR_WHEELS=all, or by their names with commas between.
SAMPLE = ["openpyxl", "networkx", "tabulate", "patsy", "seaborn", "python-docx"]
