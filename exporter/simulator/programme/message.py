"""The invitations that the vendor sends for a launch: a subject, and a body in HTML, as large as real ones."""

from html import escape

from exporter.simulator.programme.title import Title

_STYLE = "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;color:#333333;padding:12px 24px"
_BODY = """\
<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}</title></head>
<body style="margin:0;background-color:#f4f4f4"><table role="presentation" width="100%" cellspacing="0">
<tr><td style="{style}"><h1>{title}</h1></td></tr>
<tr><td style="{style}">Hi {{{{first_name}}}},<br><br>your next awareness training is ready. It takes less than five
minutes: watch the video, then answer one question.</td></tr>
<tr><td style="{style}"><a href="{{{{training_link}}}}"
style="background-color:#0a6ebd;color:#ffffff;padding:10px 18px">Watch &quot;{title}&quot;</a></td></tr>
<tr><td style="{style}">You will be reminded every week until you have watched it.<br>
&mdash; the security team</td></tr>
</table></body></html>
"""


def message(title: Title) -> dict[str, str]:
    """Return `emailMsg` of a title."""
    return {"subject": f"Training: {title.name}", "body": _BODY.format(title=escape(title.name), style=_STYLE)}


def gifs(title: Title) -> dict[str, str]:
    """Return `defaultGifs` of a title."""
    address = f"http://training.example.net/{title.number}"
    return {"correctGif": f"{address}/correct.gif", "incorrectGif": f"{address}/incorrect.gif"}
