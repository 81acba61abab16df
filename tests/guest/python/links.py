# Symbolic and hard links in the working directory.
import errno
import os
import pathlib
import shutil
import tempfile

folder = pathlib.Path("links-test")
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
os.chdir(folder)
pathlib.Path("file").write_text("content")
os.mkdir("dir")
pathlib.Path("dir/inner").write_text("inner")


def fails(number, function, *arguments, **options):
    try:
        function(*arguments, **options)
    except OSError as error:
        assert error.errno == number, error
    else:
        raise AssertionError(f"{function.__name__}{arguments} worked")


os.symlink("file", "link")
pathlib.Path("to-dir").symlink_to("dir", target_is_directory=True)
assert os.readlink("link") == "file" and pathlib.Path("to-dir").readlink() == pathlib.Path("dir")
assert os.path.islink("link") and os.path.isfile("link") and os.path.isdir("to-dir")
assert open("link").read() == "content" and os.listdir("to-dir") == ["inner"]
assert os.path.realpath("to-dir/inner") == "/work/links-test/dir/inner"
assert os.lstat("link").st_size == 4 and os.stat("link").st_size == 7
assert sorted(entry.name for entry in os.scandir() if entry.is_symlink()) == ["link", "to-dir"]
assert [path for path, _, _ in os.walk(".")] == [".", "./dir"], "walk does not follow links"
fails(errno.EEXIST, os.symlink, "x", "link")

os.symlink("nothing", "dangling")
os.symlink("loop", "loop")
assert os.path.lexists("dangling") and not os.path.exists("dangling")
fails(errno.ENOENT, open, "dangling")
fails(errno.ELOOP, open, "loop")
os.symlink("../../../etc/passwd", "out")
try:
    open("out")
except PermissionError:
    pass
else:
    raise AssertionError("a link led out")
try:
    os.symlink("/work/links-test/file", "absolute")
except PermissionError:
    pass
else:
    raise AssertionError("an absolute link was made")
fails(errno.EROFS, os.symlink, "work", "/link")
fails(errno.EROFS, os.symlink, "x", "/dev/link")

os.link("file", "twin")
assert os.stat("file").st_nlink == 2 and os.path.samefile("file", "twin")
with open("twin", "a") as file:
    file.write("!")
assert open("file").read() == "content!"
os.unlink("file")
assert open("twin").read() == "content!" and os.stat("twin").st_nlink == 1
os.rename("twin", "file")
fails(errno.EPERM, os.link, "dir", "dir2")
fails(errno.EXDEV, os.link, "/dev/null", "null")

shutil.copytree(".", "../links-copy", symlinks=True)
assert os.readlink("../links-copy/link") == "file" and os.readlink("../links-copy/out") == "../../../etc/passwd"
shutil.rmtree("../links-copy")
os.replace("link", "to-dir")  # a link over a link: neither is followed
assert os.readlink("to-dir") == "file" and os.listdir("dir") == ["inner"]
with tempfile.TemporaryDirectory() as name:
    os.symlink("/".join([".."] * 2), os.path.join(name, "up"))
assert not os.path.exists(name)
os.chdir("..")
shutil.rmtree(folder)
print("ok")
