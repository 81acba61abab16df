# Pictures: JPEG there and back, WebP, fonts, and what is broken.
import hashlib
import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features


def digest(image):
    return image.mode, image.size, hashlib.sha256(image.tobytes()).hexdigest()[:16]


y, x = np.mgrid[0:96, 0:128]
picture = Image.fromarray(np.stack([x * 2, y * 2, (x + y) % 256], axis=2).astype(np.uint8))
for quality, subsampling in ((95, 0), (75, 1), (30, 2)):
    picture.save(file := io.BytesIO(), "JPEG", quality=quality, subsampling=subsampling)
    print("jpeg", quality, digest(Image.open(file)))
picture.save(file := io.BytesIO(), "JPEG", progressive=True, optimize=True)
print("progressive", digest(Image.open(file)), Image.open(file).info["progressive"])
picture.convert("L").save(file := io.BytesIO(), "JPEG")
print("grey", digest(Image.open(file)))
picture.convert("CMYK").save(file := io.BytesIO(), "JPEG")
print("cmyk", digest(Image.open(file)))
whole = file.getvalue()
image = Image.open(io.BytesIO(whole))
image.draft("RGB", (32, 24))
print("draft", image.size)
for broken in (whole[: len(whole) // 2], whole[:40], b"\xff\xd8\xff\xe0" + bytes(100), whole[:200] + bytes(200)):
    try:
        Image.open(io.BytesIO(broken)).load()
    except Exception as error:
        print(type(error).__name__, str(error).split(" at 0x")[0].split("<")[0].split(" (")[0])

picture.save(file := io.BytesIO(), "WEBP", lossless=True)
print("webp", digest(Image.open(file)), Image.open(file).tobytes() == picture.tobytes())
picture.save(file := io.BytesIO(), "WEBP", save_all=True, append_images=[picture.rotate(90)], duration=100, lossless=True)
print("film", Image.open(file).n_frames)

font = ImageFont.load_default(24)
print(type(font).__name__, font.getname(), font.getbbox("Agg 123"), font.getlength("Agg 123"), font.getmetrics())
canvas = Image.new("L", (200, 40))
ImageDraw.Draw(canvas).text((4, 4), "Agg 123", fill=255, font=font)
print("text", canvas.getbbox(), features.check("raqm"), features.check("freetype2"), features.check("jpg"))
try:
    ImageFont.truetype(io.BytesIO(b"\0\1\0\0" + bytes(200)), 12)
except OSError:
    print("no font")
