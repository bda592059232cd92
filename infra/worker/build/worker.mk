# Builds mediasoup-worker from the source in the mediasoup npm package against Debian's libraries: no meson, no pip,
# no download. Prints "compile FILE" for each source file; `count` prints how many there are.
#
#   W     the package's worker folder
#   SHIM  headers that stand in for what Debian doesn't have
#   B     where to build

OPT ?= -O2

WRTC := $(W)/deps/libwebrtc
SRCS := $(shell sed -n "/^common_sources/,/^libuv_proj/s/.*'\(src\/.*\.cpp\)'.*/\1/p" $(W)/meson.build) src/main.cpp
DEPS := $(shell sed -n "s/.*'\(libwebrtc\/.*\.cc\)'.*/\1/p" $(WRTC)/meson.build)
OBJS := $(SRCS:%.cpp=$(B)/obj/%.o) $(DEPS:%.cc=$(B)/obj/%.o)
FBS  := $(wildcard $(W)/fbs/*.fbs)

PKGS := libuv openssl libsrtp2 absl_strings absl_optional absl_memory
CXXFLAGS := -std=c++20 $(OPT) -w -DNDEBUG -DMS_LITTLE_ENDIAN -DMS_EXECUTABLE -DFLATBUFFERS_LOCALE_INDEPENDENT=1 \
  -I$(SHIM) -I$(W)/include -I$(B) -I$(B)/FBS -I$(WRTC) -I$(WRTC)/libwebrtc $(shell pkg-config --cflags $(PKGS))

define compile
@echo compile $(notdir $<)
@mkdir -p $(@D)
@g++ $(CXXFLAGS) -c -o $@ $<
endef

$(B)/mediasoup-worker: $(OBJS)
	@g++ -o $@ $^ $(shell pkg-config --libs $(PKGS)) -lpthread
	@strip $@

.PHONY: count
count:
	@echo $(words $(OBJS))

$(B)/FBS/.done: $(FBS)
	@mkdir -p $(@D)
	@flatc --cpp --cpp-field-case-style lower --reflect-names --scoped-enums --filename-suffix '' -o $(@D) $(FBS)
	@touch $@

# Debian's OpenSSL is built with kTLS and asks the write BIO, through the callback that mediasoup hangs on it, whether
# kTLS is on. The callback answers 1 to every finished control call, so OpenSSL allocates no write buffer and the
# worker crashes in the first DTLS handshake. With this edit the callback gives back the BIO's own answer; if the
# source no longer has the line, the build fails here.
$(B)/DtlsTransport.cpp: $(W)/src/RTC/DtlsTransport.cpp
	@mkdir -p $(@D)
	@sed 's/(operationType == BIO_CB_RETURN)/(operationType \& BIO_CB_RETURN)/' $< > $@
	@grep -q '(operationType & BIO_CB_RETURN)' $@

$(B)/obj/src/RTC/DtlsTransport.o: $(B)/DtlsTransport.cpp $(B)/FBS/.done
	$(compile)

$(B)/obj/src/%.o: $(W)/src/%.cpp $(B)/FBS/.done
	$(compile)

$(B)/obj/libwebrtc/%.o: $(WRTC)/libwebrtc/%.cc $(B)/FBS/.done
	$(compile)
