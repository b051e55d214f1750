//! The one program of Yiwang; everything is in the library.

/// Many small pieces are taken and given back by many threads: a fifth of a command's time with the system's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    yiwang::main()
}
