# Requests per second that Apache serves to eight clients on the same host.
cd /var/tmp/bench
apache2 -f /var/tmp/bench/apache.conf
trap 'kill "$(cat apache.pid)"; while [ -e apache.pid ]; do sleep 0.05; done' EXIT
while ! (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; do sleep 0.05; done
ab -q -n 20000 -c 8 http://127.0.0.1:8080/page.html | awk '/^Failed requests/ && $3 != 0 { exit 1 } /^Requests per second/ { print $4 }'
