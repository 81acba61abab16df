"""What the full Python has imported, and done once, before its image is made: a program's first call is as quick as its tenth."""

PRELOADED = {
    "numpy": "numpy.fft numpy.linalg numpy.ma numpy.polynomial numpy.random numpy.testing numpy.lib.format mmap",
    "pandas": "pandas.api.types pandas.io.formats.html pandas.io.json pandas.io.parsers pandas.io.formats.csvs pandas.plotting "
    "dateutil.parser dateutil.relativedelta dateutil.rrule belljar_arrow",
    "PIL": "PIL.Image PIL.ImageColor PIL.ImageDraw PIL.ImageEnhance PIL.ImageFilter PIL.ImageFont PIL.ImageOps PIL.ImageStat "
    "PIL.PngImagePlugin PIL.GifImagePlugin PIL.BmpImagePlugin PIL.JpegImagePlugin PIL.WebPImagePlugin",
    "yaml": "",
    "markupsafe": "",
    "regex": "",
    "msgspec": "msgspec.json msgspec.msgpack",
    "lxml": "lxml.etree lxml.objectify lxml.html lxml.builder",
    "matplotlib": "matplotlib.pyplot matplotlib.animation matplotlib.backends.backend_agg matplotlib.backends.backend_pdf "
    "matplotlib.backends.backend_svg matplotlib.dates matplotlib.patches mpl_toolkits.mplot3d pandas.plotting._matplotlib",
}


OFTEN = 40


def _use_numpy():
    import numpy as np

    a = np.arange(12).reshape(3, 4)
    b = np.array([1.5, 2.5, 3.5])
    repr(a), str(b), repr(b), a.sum(), a.mean(axis=0), a @ a.T, b / 2, a > 5, a[a > 5], np.sqrt(b), np.exp(b), np.log(b)
    np.concatenate([b, b]), np.sort(b), np.argsort(b), np.unique(a), np.where(b > 2, 1, 0), np.linspace(0, 1, 5)
    np.linalg.inv(np.eye(2)), np.linalg.solve(np.eye(2), np.ones(2)), np.linalg.svd(np.eye(2)), np.fft.fft(b)
    np.random.default_rng(0).normal(size=3), np.random.RandomState(0).randint(0, 3, 3), b.std(), np.median(b), np.percentile(b, 50)
    np.array(["a", "bc"]), np.array(["2024-01-01"], dtype="datetime64[D]"), a.astype(float), np.cumsum(a), np.histogram(b), np.isnan(b)
    with np.errstate(all="ignore"):
        b / 0


def _use_pandas():
    import io

    import pandas as pd

    csv = "when,k,v,n\n2024-01-01,a,1.5,1\n2024-01-02,b,,2\n2024-01-03,a,3.5,3\n"
    df = pd.read_csv(io.StringIO(csv), parse_dates=["when"])
    repr(df), df.to_string(), df.head(2), df.dtypes, df.describe(), df.info(buf=io.StringIO()), df.to_html(), df._repr_html_()
    df.groupby("k")["v"].sum(), df.groupby("k").agg({"v": "mean", "n": ["min", "max"]}), df.sort_values("v"), df.fillna(0), df.dropna()
    df.merge(df, on="k"), df.pivot_table(index="k", values="v", aggfunc="sum"), df.set_index("when").resample("D").sum(numeric_only=True)
    df["k"].value_counts(), df["k"].str.upper(), df["when"].dt.month, df["v"].rolling(2).mean(), df["v"].apply(lambda x: x), df[df["n"] > 1]
    df.loc[0, "v"], df.iloc[0], df["n"].isin([1]), df.query("n > 1"), df.melt(id_vars="k", value_vars=["v"]), pd.concat([df, df]), df.T
    df.to_csv(io.StringIO()), df.to_json(), df.to_dict("records"), pd.to_datetime(["2024-01-01"]), pd.date_range("2024-01-01", periods=2)
    df.select_dtypes("number").corr(), df["k"].astype("category"), df.nunique(), df.duplicated(), df["n"].sum(), df[["v", "n"]].sum(), df.copy()
    s = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    s.sum(), s["a"].mean(), s.rename(columns={"a": "c"}), s.assign(c=s["a"] * 2), s.reset_index(), s.groupby("b").size()


def _use_pandas_often():
    """What most programs begin with, as often as it takes the interpreter to specialise it: what it learns in a sandbox, each has to write
    into pages of its own."""
    import io

    import pandas as pd

    for _ in range(OFTEN):
        df = pd.DataFrame({"k": ["a", "b", "a"], "v": [1, 2, 3], "w": [1.5, 2.5, 3.5]})
        pd.DataFrame({"a": [1, 2]}).sum(), df.sum(numeric_only=True), df.mean(numeric_only=True), df["v"].sum(), df["w"].mean(), df.head(), df.shape
        df.groupby("k")["v"].sum(), df.groupby("k").agg({"v": "mean"}), df.groupby("k", as_index=False)["w"].mean(), df.sort_values("v"), df[df["v"] > 1]
        df.merge(df, on="k"), df.merge(df[["k", "v"]], on=["k", "v"], how="left"), df.describe(), df["k"].value_counts(), df.loc[0, "v"], df.iloc[0]
        pd.read_csv(io.StringIO("a,b,c\n1,2.5,x\n3,4.5,y\n")).to_csv(index=False), repr(df), str(df), df.to_dict("records")
        df["x"] = df["v"] * 2
        pd.concat([df, df], ignore_index=True), df.pivot_table(index="k", values="v", aggfunc="sum"), df["v"].apply(lambda v: v + 1)


def _use_PIL():
    import io

    from PIL import Image, ImageDraw

    image = Image.new("RGB", (8, 8), "red")
    ImageDraw.Draw(image).line((0, 0, 7, 7), fill="blue")
    ImageDraw.Draw(image).text((0, 0), "a")
    image.resize((4, 4)).rotate(90).convert("L").save(io.BytesIO(), "PNG")
    for name in ("PNG", "JPEG"):
        image.save(file := io.BytesIO(), name)
        Image.open(file).load()


def _use_yaml():
    import yaml

    yaml.safe_load("a: [1, 2.5, text]\nb: 2024-01-01\n"), yaml.safe_dump({"a": [1, None]})


def _use_markupsafe():
    import markupsafe

    markupsafe.escape("<a>")


def _use_regex():
    import regex

    regex.findall(r"\p{L}+", "ab c")


def _use_msgspec():
    import msgspec

    msgspec.json.decode(msgspec.json.encode({"a": [1, 2.5, None]}))


def _use_lxml():
    from lxml import etree, html

    root = etree.fromstring("<a><b c='1'>x</b></a>")
    root.find("b").get("c"), root.xpath("//b/text()"), etree.tostring(root, pretty_print=True), html.fromstring("<p>x<br>y</p>").text_content()


def _use_matplotlib():
    import matplotlib.pyplot as plt

    with plt.rc_context({"figure.dpi": 20}):
        _draw(plt)
        plt.close("all")
    _draw_often(plt)


def _draw_often(plt):
    """As _use_pandas_often has it."""
    import io

    for form in ("png", "png", "png", "svg", "pdf", "png"):
        figure, axes = plt.subplots()
        axes.plot([1, 2, 3], [1, 4, 9], label="a")
        axes.set(xlabel="x", ylabel="y", title="Title")
        axes.legend()
        figure.savefig(io.BytesIO(), format=form)
        plt.close(figure)
        plt.plot([1, 2, 3], [1, 4, 9])
        plt.savefig(io.BytesIO(), format=form)
        plt.close()


def _draw(plt):
    import io

    import numpy as np
    import pandas as pd

    plt.plot([1, 2, 3], [1, 4, 9], "o--", label="a")
    plt.title("Title")
    plt.xlabel("x")
    plt.ylabel("$y^2$")
    plt.legend()
    plt.grid(True)
    plt.savefig(io.BytesIO())
    for name in ("png", "svg", "pdf"):
        plt.savefig(io.BytesIO(), format=name, bbox_inches="tight")
    figure, axes = plt.subplots(3, 3, figsize=(9, 9))
    x = np.linspace(1, 10, 20)
    axes[0, 0].bar(["a", "b"], [1, 2])
    axes[0, 1].hist(x, bins=5, alpha=0.5)
    figure.colorbar(axes[0, 2].scatter(x, x, c=x, s=9, cmap="viridis"), ax=axes[0, 2])
    axes[1, 0].imshow(np.outer(x, x))
    axes[1, 1].pie([1, 2], labels=["a", "b"], autopct="%.0f%%")
    axes[1, 2].contourf(np.outer(x, x))
    axes[2, 0].boxplot([x, x])
    axes[2, 1].fill_between(x, x, 2 * x)
    axes[2, 1].errorbar(x, x, yerr=1)
    axes[2, 1].set_yscale("log")
    axes[2, 1].annotate("here", (2, 2), (4, 4), arrowprops={"arrowstyle": "->"})
    axes[2, 2].plot(pd.date_range("2024-01-01", periods=20), x)
    figure.suptitle("All")
    figure.autofmt_xdate()
    figure.tight_layout()
    figure.savefig(io.BytesIO())
    pd.DataFrame({"a": x, "b": 2 * x}).plot()
    plt.savefig(io.BytesIO())


def warm_up():
    import gc
    import importlib.util
    import warnings

    import _belljar_memory

    # One of them alone may be linked in, for who works on it.
    names = [name for name in PRELOADED if importlib.util.find_spec(name)]
    for name in names:
        for module in [name, *PRELOADED[name].split()]:
            __import__(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names * 2:
            globals()["_use_" + name]()
        if "pandas" in names:
            _use_pandas_often()
    gc.collect()
    _belljar_memory.wipe()
