# Seconds that compiling sixteen files on two processors takes.
cd /var/tmp/bench/source
make -s clean
start=$(date +%s%N)
make -s -j2
end=$(date +%s%N)
awk "BEGIN { print ($end - $start) / 1e9 }"
