# A picture that is made, filtered, scaled, put together and saved in several forms; every byte is as natively.
import hashlib
import io

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps, ImageStat

y, x = np.mgrid[:120, :160]
photo = Image.fromarray(np.stack([x * 255 // 159, y * 255 // 119, (x * y) % 256], axis=-1).astype(np.uint8))


def told(name, image):
    print(name, image.mode, image.size, hashlib.sha256(image.tobytes()).hexdigest()[:16], [int(v) for v in ImageStat.Stat(image).sum])


told("photo", photo)
told("grey", photo.convert("L"))
told("thumbnail", photo.resize((40, 30), Image.Resampling.LANCZOS))
told("larger", photo.resize((320, 240), Image.Resampling.BICUBIC))
told("turned", photo.rotate(30, expand=True, resample=Image.Resampling.BILINEAR))
told("blurred", photo.filter(ImageFilter.GaussianBlur(3)))
told("sharp", photo.filter(ImageFilter.UnsharpMask(2, 150, 3)))
told("edges", photo.convert("L").filter(ImageFilter.FIND_EDGES))
told("contrast", ImageEnhance.Contrast(photo).enhance(1.5))
told("equal", ImageOps.equalize(photo))
told("bright", ImageOps.autocontrast(photo.convert("L"), cutoff=2))
told("palette", photo.quantize(16, method=Image.Quantize.MEDIANCUT))
draw = ImageDraw.Draw(photo)
draw.rectangle((10, 10, 60, 50), outline=(255, 255, 255), width=3)
draw.ellipse((80, 40, 140, 100), fill=(200, 30, 30))
draw.line([(0, 119), (80, 60), (159, 119)], fill=(0, 0, 0), width=2)
draw.polygon([(20, 110), (40, 70), (60, 110)], fill=(0, 120, 0), outline=(0, 0, 0))
told("drawn", photo)
mask = Image.new("L", photo.size, 0)
ImageDraw.Draw(mask).ellipse((20, 20, 140, 100), fill=255)
told("composite", Image.composite(photo, ImageOps.invert(photo), mask.filter(ImageFilter.BoxBlur(4))))
told("difference", ImageChops.difference(photo, ImageOps.mirror(photo)))
told("cropped", photo.crop((30, 30, 90, 90)).transpose(Image.Transpose.ROTATE_90))
for form in ("PNG", "GIF", "BMP", "TIFF", "PPM"):
    file = io.BytesIO()
    (photo.quantize(32) if form == "GIF" else photo).save(file, form)
    file.seek(0)
    back = Image.open(file)
    back.load()
    told(form, back.convert("RGB"))
frames = [photo.rotate(10 * i).quantize(32) for i in range(4)]
file = io.BytesIO()
frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)
print(Image.open(io.BytesIO(file.getvalue())).n_frames, photo.histogram()[:4], photo.getcolors(1 << 16) is not None)
