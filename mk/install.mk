# Everything below $(DESTDIR)$(prefix); the RTL and the build script of the
# Verilated engine go with it, so that `napier cosim` works where it is
# installed.

DATA = $(DESTDIR)$(prefix)/share/napier

install: $(OUT)/napier $(OUT)/libnapier.a ## command, library, header, man page, RTL
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/lib/pkgconfig \
	    $(DESTDIR)$(prefix)/include $(DESTDIR)$(prefix)/share/man/man1 \
	    $(DATA)/rtl $(DATA)/sim/cosim $(DATA)/codegen/firmware \
	    $(DATA)/tools/synth
	install -m 755 $(OUT)/napier $(DESTDIR)$(prefix)/bin/
	install -m 644 $(OUT)/libnapier.a $(DESTDIR)$(prefix)/lib/
	install -m 644 sim/api/napier.h $(DESTDIR)$(prefix)/include/
	install -m 644 docs/man/napier.1 $(DESTDIR)$(prefix)/share/man/man1/
	sed -e 's|@prefix@|$(prefix)|; s|@version@|$(VERSION)|' \
	    -e 's|@packages@|$(PACKAGES)|' \
	    mk/napier.pc.in > $(DESTDIR)$(prefix)/lib/pkgconfig/napier.pc
	cp -R rtl/. $(DATA)/rtl/
	install -m 644 docs/manifest.schema.json $(DATA)/
	install -m 644 sim/cosim/*.cpp sim/cosim/*shim.h sim/cosim/npu_bits.h sim/cosim/*.vlt $(DATA)/sim/cosim/
	install -m 755 sim/cosim/*.sh $(DATA)/sim/cosim/
	install -m 644 codegen/firmware/* $(DATA)/codegen/firmware/
	install -m 755 tools/synth.sh $(DATA)/tools/
	install -m 644 tools/synth/* $(DATA)/tools/synth/

check-install: $(OUT)/napier ## make install, and a user of what it put there
	$(Q)OUT=$(OUT) CC="$(CC)" LDFLAGS="$(LDFLAGS)" tests/install/run.sh

check: check-install

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(prefix)/bin/napier $(DESTDIR)$(prefix)/lib/libnapier.a \
	    $(DESTDIR)$(prefix)/include/napier.h \
	    $(DESTDIR)$(prefix)/lib/pkgconfig/napier.pc \
	    $(DESTDIR)$(prefix)/share/man/man1/napier.1
	rm -rf $(DATA)

.PHONY: install uninstall check-install
