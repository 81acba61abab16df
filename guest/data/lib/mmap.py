"""Files as memory, for packages that want them so: a copy, which WASI cannot share with the file.

What is written into a mapping reaches its file by flush(), close() or when the mapping is collected, and what others write into the
file meanwhile does not reach the mapping. There is no memory shared between processes.
"""

import os

ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY = range(4)
MAP_SHARED, MAP_PRIVATE, MAP_ANON, MAP_ANONYMOUS = 1, 2, 32, 32
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
PAGESIZE = ALLOCATIONGRANULARITY = 65536
error = OSError


def _read(descriptor, size, offset):
    data = bytearray()
    while len(data) < size:
        piece = os.pread(descriptor, size - len(data), offset + len(data))
        if not piece:
            raise ValueError("mmap length is greater than file size")
        data += piece
    return data


class mmap:
    """mmap(fileno, length, flags=MAP_SHARED, prot=PROT_READ | PROT_WRITE, access=ACCESS_DEFAULT, offset=0)"""

    closed = True

    def __init__(self, fileno, length, flags=MAP_SHARED, prot=PROT_READ | PROT_WRITE, access=ACCESS_DEFAULT, offset=0, **others):
        if length < 0 or offset < 0:
            raise OverflowError("memory mapped length and offset must be positive")
        if access == ACCESS_DEFAULT:
            access = ACCESS_COPY if flags & MAP_PRIVATE else ACCESS_WRITE if prot & PROT_WRITE else ACCESS_READ
        if fileno == -1:
            self._data, self._file = bytearray(length), None
        else:
            size = os.fstat(fileno).st_size
            if length == 0 and size <= offset:
                raise ValueError("cannot mmap an empty file" if size == 0 else "mmap offset is greater than file size")
            self._data = _read(fileno, length or size - offset, offset)
            self._file = os.dup(fileno) if access == ACCESS_WRITE else None
        self._access, self._offset, self._position = access, offset, 0
        self._view = memoryview(self._data) if access != ACCESS_READ else memoryview(self._data).toreadonly()
        self.closed = False

    def __buffer__(self, flags):
        return self._bytes()[:]

    def _bytes(self):
        if self.closed:
            raise ValueError("mmap closed or invalid")
        return self._view

    def __len__(self):
        return len(self._bytes())

    def __getitem__(self, index):
        found = self._bytes()[index]
        return bytes(found) if isinstance(index, slice) else found

    def __setitem__(self, index, value):
        self._bytes()[index] = value

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __del__(self):
        self.close()

    def size(self):
        return len(self._bytes())

    def tell(self):
        return self._position

    def seek(self, position, whence=os.SEEK_SET):
        position += (0, self._position, len(self))[whence]
        if not 0 <= position <= len(self):
            raise ValueError("seek out of range")
        self._position = position
        return position

    def read(self, size=None):
        end = len(self) if size is None or size < 0 else self._position + size
        found = self[self._position:end]
        self._position += len(found)
        return found

    def read_byte(self):
        found = self.read(1)
        if not found:
            raise ValueError("read byte out of range")
        return found[0]

    def readline(self):
        end = self.find(b"\n", self._position)
        return self.read(None if end < 0 else end + 1 - self._position)

    def write(self, data):
        end = self._position + len(data)
        if end > len(self):
            raise ValueError("data out of range")
        self[self._position:end] = data
        self._position = end
        return len(data)

    def find(self, sub, start=None, end=None):
        return self._data.find(sub, self._position if start is None else start, len(self) if end is None else end)

    def rfind(self, sub, start=None, end=None):
        return self._data.rfind(sub, self._position if start is None else start, len(self) if end is None else end)

    def flush(self, offset=0, size=None):
        data = self._bytes()
        end = len(data) if size is None else offset + size
        while self._file is not None and offset < end:
            offset += os.pwrite(self._file, data[offset:end], self._offset + offset)

    def close(self):
        if self.closed:
            return
        self.flush()
        if self._file is not None:
            os.close(self._file)
        self._file = None
        self.closed = True
