//! program.zig: what the programs of all toolchains do (run.py says what it is), as Zig has it, without its C library.
const std = @import("std");

var buffer: [4096]u8 = undefined;

fn less(_: void, a: []const u8, b: []const u8) bool {
    return std.mem.lessThan(u8, a, b);
}

fn names(all: std.mem.Allocator, dir: std.fs.Dir) ![]const u8 {
    var found = std.ArrayList([]const u8).init(all);
    var entries = dir.iterate();
    while (try entries.next()) |entry| try found.append(try all.dupe(u8, entry.name));
    std.mem.sort([]const u8, found.items, {}, less);
    return std.mem.join(all, " ", found.items);
}

/// A preopened directory; Zig leaves finding it to the program.
fn granted(all: std.mem.Allocator, path: []const u8) !std.fs.Dir {
    const preopens = try std.fs.wasi.preopensAlloc(all);
    return .{ .fd = preopens.find(path) orelse return error.NotGranted };
}

pub fn main() !void {
    var arena = std.heap.ArenaAllocator.init(std.heap.wasm_allocator);
    const all = arena.allocator();
    const out = std.io.getStdOut().writer();
    const args = try std.process.argsAlloc(all);
    const environment = try std.process.getEnvMap(all);
    const data = try granted(all, "/data");
    const work = try granted(all, "/work");
    const here = std.fs.cwd();
    try out.print("{s}\n{s}\n", .{ try std.mem.join(all, " ", args[1..]), environment.get("NAME") orelse "" });
    try out.print("{s}\n", .{try names(all, try data.openDir(".", .{ .iterate = true }))});
    try out.print("{s} true\n", .{try data.readFile("sub/b.txt", &buffer)});
    try out.print("refused {}\n", .{if (data.writeFile(.{ .sub_path = "a.txt", .data = "changed" })) false else |_| true});
    try here.writeFile(.{ .sub_path = "made", .data = "by a relative name" });
    try out.print("{s} true\n", .{try work.readFile("made", &buffer)});
    try out.print("missing {}\n", .{if (here.statFile("missing")) |_| false else |reason| reason == error.FileNotFound});
    try here.makeDir("folder");
    try here.rename("made", "folder/moved");
    try out.print("{s} true\n", .{try names(all, try here.openDir("folder", .{ .iterate = true }))});
    try out.print("outside {}\n", .{if (data.statFile("../../etc/passwd")) |_| false else |_| true});
    std.process.exit(7);
}
