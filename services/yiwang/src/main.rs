//! The one program of Yiwang; everything is in the library.

fn main() -> std::process::ExitCode {
    yiwang::main()
}
