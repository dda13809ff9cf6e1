# timed.sh TARGET ARGUMENT...: gives a shell its arguments, and adds a line with the target's name to the file that TIMINGS
# names: seconds passed, seconds of processors in the program and in the kernel.
TIMEFORMAT="$1 %R %U %S"
shift
{ time bash "$@" 2>&3 3>&-; } 3>&2 2>>"$TIMINGS"
