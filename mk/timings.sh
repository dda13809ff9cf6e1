#!/bin/bash
# timings.sh FILE SECONDS: a table of what timed.sh has left in a file, and of all together.
[ -e "$1" ] || exit 0
sort -s -k 1,1 "$1" | awk '{ passed[$1] += $2; busy[$1] += $3 + $4 } END { for (target in passed) print target, passed[target], busy[target] }' |
    sort -rn -k 2 | awk -v all="$2" '
        BEGIN { printf "\n%-24s %8s %18s\n", "target", "seconds", "processor seconds" }
        { sub(".*/", "", $1); total += $3 }
        $2 < 1 { few += $2; few_busy += $3; next }
        { printf "%-24s %8.0f %18.0f\n", $1, $2, $3 }
        END {
            printf "%-24s %8.0f %18.0f\n", "others", few, few_busy
            printf "%-24s %8.0f %18.0f\n", "from start to end", all, total
        }'
