# Makes in /var/tmp/bench what the measurements need: a web page, sources, a database. Run once in each place, as root.
set -eu
export LC_ALL=C.UTF-8
rm -rf /var/tmp/bench
install -d -m 0755 /var/tmp/bench /var/tmp/bench/web /var/tmp/bench/source
install -d -o postgres -g postgres /var/tmp/bench/database
install -d -m 0777 /var/tmp/bench/postmark
cd /var/tmp/bench

head -c 6144 /dev/zero | tr '\0' x >web/page.html
cat >apache.conf <<END
ServerRoot /var/tmp/bench
PidFile /var/tmp/bench/apache.pid
Listen 127.0.0.1:8080
ServerName localhost
DocumentRoot /var/tmp/bench/web
ErrorLog /var/tmp/bench/apache.log
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
User www-data
Group www-data
END

for n in $(seq 16); do
  case $((n % 4)) in
    0) define=STB_IMAGE_IMPLEMENTATION header=stb/stb_image.h ;;
    1) define=STB_TRUETYPE_IMPLEMENTATION header=stb/stb_truetype.h ;;
    2) define=STB_IMAGE_WRITE_IMPLEMENTATION header=stb/stb_image_write.h ;;
    3) define=STB_SPRINTF_IMPLEMENTATION header=stb/stb_sprintf.h ;;
  esac
  printf '#define %s\n#include <%s>\n' $define $header >source/unit$n.c
done
cat >source/Makefile <<'END'
objects = $(patsubst %.c,%.o,$(wildcard *.c))
all: $(objects)
%.o: %.c ; gcc -O1 -c $< -o $@
clean: ; rm -f $(objects)
END

cat >postmark.conf <<END
set location /var/tmp/bench/postmark
set number 2000
set transactions 10000
set seed 42
set report terse
run
quit
END

bin=$(ls -d /usr/lib/postgresql/*/bin)
cat >as-postgres <<END
#!/bin/sh
exec setpriv --reuid=postgres --regid=postgres --clear-groups env PATH=$bin:\$PATH "\$@"
END
chmod +x as-postgres
./as-postgres initdb --no-sync -D database -A trust >/dev/null
cat >>database/postgresql.conf <<END
listen_addresses = ''
unix_socket_directories = '/var/tmp/bench/database'
autovacuum = off
checkpoint_timeout = 1h
END
./as-postgres pg_ctl -D database -l database/log -w start >/dev/null
./as-postgres pgbench -h /var/tmp/bench/database -i -q -s 5 postgres 2>/dev/null
./as-postgres pg_ctl -D database -w stop >/dev/null
sync
