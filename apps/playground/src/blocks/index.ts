// A magnitude becomes pictures, a depth variances: what there is to look at beside training. The page loads this when it comes into view.
export { BlocksSection } from './blocks-section.js';
