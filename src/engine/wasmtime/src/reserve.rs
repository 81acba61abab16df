//! Where memory comes from when there is none: Rust ends the process where an allocation fails, a library must not.
//!
//! All of Rust's memory is malloc's. Where malloc has nothing to give, it comes from a reserve that is part of the
//! program, so that what is under way comes to its end; the engine looks whether that has happened, undoes what it did, and refuses new
//! work until malloc gives again. Larger pieces than the reserve are asked for ahead (src/engine/machine/room.c).
//!
//! The reserve is a stack of bytes: what lies on its top is free once it is given back, and all of it when nothing is in use. What an engine
//! keeps for good stays there: with half of it gone, nothing new is begun any more. Any thread.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

const SIZE: usize = 32 << 20;

#[repr(align(4096))]
struct Bytes(UnsafeCell<[u8; SIZE]>);

// Each byte belongs to whom it was given.
unsafe impl Sync for Bytes {}

static BYTES: Bytes = Bytes(UnsafeCell::new([0; SIZE]));
static BUSY: AtomicBool = AtomicBool::new(false); // whether somebody changes the two below
static USED: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0); // pieces that were not given back
static TAKEN: AtomicU64 = AtomicU64::new(0); // how often anything was taken
static WHEN_SHORT: OnceLock<extern "C" fn()> = OnceLock::new();

fn base() -> *mut u8 {
    BYTES.0.get().cast()
}

fn locked<T>(f: impl FnOnce() -> T) -> T {
    while BUSY.swap(true, Ordering::Acquire) {
        spin_loop();
    }
    let result = f();
    BUSY.store(false, Ordering::Release);
    result
}

fn holds(at: *mut u8) -> bool {
    (at as usize).wrapping_sub(base() as usize) < SIZE
}

#[cold]
fn take(layout: Layout) -> *mut u8 {
    if let Some(end) = WHEN_SHORT.get() {
        end();
    }
    locked(|| {
        let begin = USED.load(Ordering::Relaxed).next_multiple_of(layout.align());
        let Some(end) = begin.checked_add(layout.size()).filter(|end| *end <= SIZE) else {
            return ptr::null_mut();
        };
        USED.store(end, Ordering::Relaxed);
        LIVE.fetch_add(1, Ordering::Relaxed);
        TAKEN.fetch_add(1, Ordering::Relaxed);
        unsafe { base().add(begin) }
    })
}

#[cold]
fn give_back(at: *mut u8, layout: Layout) {
    locked(|| {
        let begin = at as usize - base() as usize;
        if LIVE.fetch_sub(1, Ordering::Relaxed) == 1 {
            USED.store(0, Ordering::Relaxed);
        } else if begin + layout.size() == USED.load(Ordering::Relaxed) {
            USED.store(begin, Ordering::Relaxed);
        }
    })
}

/// Copies what has no room where it is.
#[cold]
unsafe fn move_to_reserve(old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
        return ptr::null_mut();
    };
    let new = unsafe { Reserved.alloc(wanted) };
    if !new.is_null() {
        unsafe {
            ptr::copy_nonoverlapping(old, new, layout.size().min(size));
            Reserved.dealloc(old, layout);
        }
    }
    new
}

struct Reserved;

unsafe impl GlobalAlloc for Reserved {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let at = unsafe { System.alloc(layout) };
        if at.is_null() { take(layout) } else { at }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let at = unsafe { System.alloc_zeroed(layout) };
        if !at.is_null() {
            return at;
        }
        let at = take(layout);
        if !at.is_null() {
            unsafe { at.write_bytes(0, layout.size()) };
        }
        at
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if holds(at) {
            give_back(at, layout);
        } else {
            unsafe { System.dealloc(at, layout) }
        }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !holds(at) {
            let new = unsafe { System.realloc(at, layout, size) };
            if !new.is_null() {
                return new;
            }
        }
        unsafe { move_to_reserve(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Reserved = Reserved;

/// `end`, which does not return, is called in place of the reserve from now on: for a process that has a limit of its own.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_when_short(end: extern "C" fn()) {
    let _ = WHEN_SHORT.set(end);
}

/// Whether something of the reserve is in use, and malloc still has nothing to give or little of the reserve is left.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_is_short() -> bool {
    LIVE.load(Ordering::Relaxed) > 0 && (USED.load(Ordering::Relaxed) > SIZE / 2 || !malloc_gives())
}

#[cold]
fn malloc_gives() -> bool {
    let probe = Layout::new::<[u8; 65536]>();
    let at = unsafe { System.alloc(probe) };
    if !at.is_null() {
        unsafe { System.dealloc(at, probe) };
    }
    !at.is_null()
}

/// How often anything was taken from the reserve.
#[unsafe(no_mangle)]
pub extern "C" fn bj_wasmtime_shortages() -> u64 {
    TAKEN.load(Ordering::Relaxed)
}
