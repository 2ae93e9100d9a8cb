"""Code that an application may copy as it stands; each file is tested."""
