# What a sandbox has not fails as an ordinary exception that says so.
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request


def refuses(kinds, attempt, *words):
    try:
        attempt()
    except kinds as error:
        text = str(error)
        assert all(word in text for word in words), text
    else:
        raise AssertionError("that cannot be")


sandbox = "not available in this sandbox"
refuses(OSError, lambda: os.system("ls"), sandbox)
refuses(OSError, lambda: os.popen("ls"), sandbox)
refuses(OSError, lambda: subprocess.run(["ls"]), "not support")
refuses(OSError, lambda: subprocess.check_output("ls", shell=True), "not support")
refuses(AttributeError, lambda: os.fork(), sandbox)
refuses(AttributeError, lambda: os.execv("/bin/ls", ["ls"]), sandbox)
assert not hasattr(os, "fork") and not hasattr(os, "kill")
os.environ["BELLJAR_THREADS"] = "off"
refuses(RuntimeError, lambda: threading.Thread(target=print).start(), "can't start new thread")
del os.environ["BELLJAR_THREADS"]
refuses(OSError, lambda: socket.socket(), sandbox)
refuses(OSError, lambda: socket.create_connection(("example.com", 80)), sandbox)
refuses(OSError, lambda: urllib.request.urlopen("http://example.com/", timeout=1), sandbox)
refuses((ValueError, OSError, AttributeError), lambda: signal.alarm(1))
assert __import__("ctypes").sizeof(__import__("ctypes").c_long) == 4
refuses(OSError, lambda: __import__("ctypes").CDLL("libc.so.6"), "no shared libraries")
refuses(ImportError, lambda: __import__("ssl"), "ssl")
refuses(OSError, lambda: open("/etc/passwd"))
refuses(OSError, lambda: open("/lib/belljar/os.py", "w"))
refuses(OSError, lambda: os.listdir("/proc"))
assert threading.current_thread() is threading.main_thread() and threading.active_count() == 1
assert sys.executable == ""
print("ok")
