"""Photos and videos in, clips out: files, ffmpeg, and what every written file says of itself."""
