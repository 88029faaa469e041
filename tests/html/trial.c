/* A trial with known truth, tests/lib/trial_scene.h, as a page or in Markdown on stdout: trial SCENE html|markdown */
#include "lib/trial_scene.h"
#include "sink/trial.h"

int main(int argc, char *argv[])
{
	cleanup(buf_release) struct buf out = { 0 };
	static struct scene scene;
	bool html = argc == 3 && !strcmp(argv[2], "html");
	bool written;

	if (argc != 3 || !(html || !strcmp(argv[2], "markdown")) || !scene_named(&scene, argv[1]))
		return 2;
	if (html)
		trial_html(&out, &scene.trial);
	else
		trial_markdown(&out, &scene.trial);
	scene_release(&scene);
	written = fwrite(out.data, 1, out.len, stdout) == out.len;
	return written ? 0 : 1;
}
