/* format_all.h - the functions behind the table of formats. */
#ifndef FORMAT_ALL_H
#define FORMAT_ALL_H

#include "codegen/format.h"

void format_readmem_write(struct sink *, const struct format_content *);
int format_readmem_read(struct format_input *);

void format_bin_write(struct sink *, const struct format_content *);
int format_bin_read(struct format_input *);

void format_ihex8_write(struct sink *, const struct format_content *);
void format_ihex16_write(struct sink *, const struct format_content *);
void format_ihex32_write(struct sink *, const struct format_content *);
int format_ihex_read(struct format_input *);

void format_s19_write(struct sink *, const struct format_content *);
void format_s28_write(struct sink *, const struct format_content *);
void format_s37_write(struct sink *, const struct format_content *);
int format_srec_read(struct format_input *);

void format_coe_write(struct sink *, const struct format_content *);
int format_coe_read(struct format_input *);

void format_mif_write(struct sink *, const struct format_content *);
int format_mif_read(struct format_input *);

void format_c_write(struct sink *, const struct format_content *);
void format_c_write_header(struct sink *, const struct format_content *);
int format_c_read(struct format_input *);

void format_sv_write(struct sink *, const struct format_content *);
int format_sv_read(struct format_input *);

/* A unit in hexadecimal without '0x', the highest digit first, all of them. */
char *format_put_unit(char *to, const uint8_t *unit, int digits,
                      const char *alphabet);

#endif
