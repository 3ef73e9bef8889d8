# Seconds that Postmark takes for small files made, read, changed and removed.
cd /var/tmp/bench
sync
start=$(date +%s%N)
postmark postmark.conf >/dev/null
end=$(date +%s%N)
awk "BEGIN { print ($end - $start) / 1e9 }"
