/* Each line of stdin as a name and as a text, in a table in Markdown on stdout. */
#include <stdio.h>
#include <string.h>
#include "base/cleanup.h"
#include "sink/markdown.h"

int main(void)
{
	cleanup(buf_release) struct buf out = { 0 };
	char line[4096];

	markdown_table(&out, (const char *const[]){ "<Name", "<Text", NULL });
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		markdown_name(&out, line);
		markdown_cell(&out, line);
		markdown_row_end(&out);
	}
	return fwrite(out.data, 1, out.len, stdout) == out.len ? 0 : 1;
}
